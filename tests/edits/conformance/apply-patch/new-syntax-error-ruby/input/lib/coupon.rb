class Coupon
  attr_reader :code

  def initialize(code, percent)
    @code = code
    @percent = percent
  end

  def apply(price)
    price * (100 - @percent) / 100
  end
end
