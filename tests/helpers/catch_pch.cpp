// SPDX-License-Identifier: Apache-2.0
// Owns the precompiled catch.hpp that all test executables reuse. It is an executable itself
// because the compiler accepts a precompiled header only from code built alike (-fPIE).
int main() {
  return 0;
}
