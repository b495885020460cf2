export const Page = () => (
  <main>
    <h1>Shop</h1>
    <p>Pens</p>
  </main>
);
