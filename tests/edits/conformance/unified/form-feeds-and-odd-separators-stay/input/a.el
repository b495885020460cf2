(one)

(two )
(three)
(four)
