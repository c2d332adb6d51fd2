// SPDX-License-Identifier: Apache-2.0
// Twins of platform.h's pointer functions, for raw and checked pointers.
#pragma once

template <class Pointer>
struct tgc_element_of;
template <class T>
struct tgc_element_of<T*> {
  using type = std::remove_const_t<T>;
};
template <class T>
struct tgc_element_of<tgc_checked_pointer<T>> {
  using type = std::remove_const_t<T>;
};
template <class T>
struct tgc_element_of<tgc_shared_pointer<T>> {
  using type = T;
};
template <class Pointer>
using tgc_element = typename tgc_element_of<Pointer>::type;

template <class T, class Index>
T* tgc_address(T* pointer, Index index) {
  return pointer + index;
}
template <class T, class Index>
T* tgc_address(tgc_checked_pointer<T> pointer, Index index) {
  return pointer.checked(static_cast<int64_t>(index), 1);
}

// The place of Count elements, bounds and alignment checked where the pointer can.
template <int Count, class T, class Index>
const T* tgc_readable(const T* pointer, Index index) {
  return pointer + index;
}
template <int Count, class T, class Index>
const T* tgc_readable(tgc_checked_pointer<T> pointer, Index index) {
  return pointer.checked(static_cast<int64_t>(index), Count, Count * sizeof(T));
}
template <int Count, class T, class Index>
const T* tgc_readable(tgc_shared_pointer<T> pointer, Index index) {
  return pointer.checked(static_cast<int64_t>(index), Count, tgc_shared_pointer<T>::Use::read);
}
template <int Count, class T, class Index>
T* tgc_writable(T* pointer, Index index) {
  return pointer + index;
}
template <int Count, class T, class Index>
T* tgc_writable(tgc_checked_pointer<T> pointer, Index index) {
  return pointer.checked(static_cast<int64_t>(index), Count, Count * sizeof(T));
}
template <int Count, class T, class Index>
T* tgc_writable(tgc_shared_pointer<T> pointer, Index index) {
  return pointer.checked(static_cast<int64_t>(index), Count, tgc_shared_pointer<T>::Use::write);
}

template <int Count, class Pointer, class Index>
tgc_pack<tgc_element<Pointer>, Count> tgc_load_pack(Pointer pointer, Index index) {
  tgc_pack<tgc_element<Pointer>, Count> pack;
  std::memcpy(&pack, tgc_readable<Count>(pointer, index), sizeof(pack));
  return pack;
}
template <int Count, class Pointer, class Index>
void tgc_store_pack(Pointer pointer, Index index,
                    const tgc_pack<tgc_element<Pointer>, Count>& pack) {
  std::memcpy(tgc_writable<Count>(pointer, index), &pack, sizeof(pack));
}

// cp.async: the source is checked now; the bytes move when the thread waits.
template <int Count, class T>
void tgc_mark_pending(T*, int64_t) {}
template <int Count, class T>
void tgc_mark_pending(tgc_shared_pointer<T> pointer, int64_t index) {
  pointer.checked(index, Count, tgc_shared_pointer<T>::Use::pending);
}
template <class Shared, class To, class Global, class From>
void tgc_copy_async(Shared shared, To to, Global global, From from, bool valid) {
  using T = tgc_element<Shared>;
  constexpr int kCount = 16 / sizeof(T);
  tgc_pack<T, kCount> pack = {};
  const T* const source = valid ? tgc_readable<kCount>(global, from) : pack.value;
  tgc_mark_pending<kCount>(shared, static_cast<int64_t>(to));
  tgc::start_copy([=]() mutable {
    if (valid) std::memcpy(&pack, source, sizeof(pack));
    tgc_store_pack(shared, to, pack);
  });
}
inline void tgc_copy_async_commit() {
  tgc::commit_copies();
}
template <int Pending>
void tgc_copy_async_wait() {
  tgc::wait_for_copies(Pending);
}
