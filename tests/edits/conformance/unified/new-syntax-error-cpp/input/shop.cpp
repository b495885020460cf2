class Shop {
public:
    int open() { return 1; }
};
