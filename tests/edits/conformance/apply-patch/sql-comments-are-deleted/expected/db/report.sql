-- Totals of each month.
SELECT month, SUM(total)
FROM orders
WHERE returned = 0
GROUP BY month
-- newest first
ORDER BY month;
