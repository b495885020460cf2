package shop;

public class Order {
    private final int quantity;

    public Order(int quantity) {
        this.quantity = quantity;
    }

    public int total(int price) {
        return price * quantity;
    }
}
