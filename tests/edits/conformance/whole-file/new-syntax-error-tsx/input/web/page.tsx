export const Page = () => <p>Pens</p>;
