#include <stddef.h>

static int ring[16];
static size_t head;

void ring_put(int value)
{
    head = (head + 1) % 16;
    ring[head] = value;
}

int ring_last(void)
{
    return ring[(head + 15) % 16];
}
