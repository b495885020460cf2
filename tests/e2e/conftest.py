"""The program where a proposal waits, for the tests that begin there."""

from prepared import prepared as prepared
from prepared import ready as ready
