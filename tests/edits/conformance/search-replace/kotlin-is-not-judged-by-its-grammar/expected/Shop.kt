class Shop {
    fun open() = 2
}
