function f() {
  return 2;
  // ... existing code ...
}
