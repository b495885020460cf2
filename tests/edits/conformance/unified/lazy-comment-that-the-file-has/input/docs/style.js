function f() {
  // ... existing code ...
  return 1;
}
