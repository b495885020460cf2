(one)

(two )
(3)
(four)
