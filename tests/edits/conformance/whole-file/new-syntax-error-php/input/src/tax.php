<?php

function tax(float $net): float
{
    $rate = 0.19;
    return $net * $rate;
}
