// SPDX-License-Identifier: Apache-2.0
// See file.h. Plain system calls: <filesystem> reports less and takes long to compile.
#include "support/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cinttypes>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <utility>

namespace tgc {
namespace {

std::error_code last_error() {
  return {errno, std::generic_category()};
}

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { static_cast<void>(close()); }

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  std::error_code close() {
    if (number_ < 0) return {};
    return ::close(std::exchange(number_, -1)) == 0 ? std::error_code() : last_error();
  }

 private:
  int number_;
};

std::error_code write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return last_error();
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

std::error_code sync_folder(const std::string& path) {
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open() || ::fsync(folder.number()) != 0) return last_error();
  return {};
}

// A name beside `path` that nobody uses. Not mkstemp: its mode 0600 would not follow the umask.
std::string temporary_name(const std::string& path) {
  uint64_t number = 0;
  while (::getrandom(&number, sizeof(number), 0) != sizeof(number)) {
  }
  std::array<char, 24> text{};
  static_cast<void>(std::snprintf(text.data(), text.size(), ".tmp.%016" PRIx64, number));
  return path + text.data();
}

// Writes `bytes` to the open temporary file and closes it.
std::error_code fill(Descriptor& file, std::string_view bytes, WriteOptions options) {
  if (auto error = write_all(file.number(), bytes)) return error;
  if (options.durable && ::fsync(file.number()) != 0) return last_error();
  return file.close();
}

bool is_link(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
}

// A device, pipe or socket: a rename would put a plain file in its place.
std::error_code write_special(const std::string& path, std::string_view bytes) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC));
  if (!file.is_open()) return last_error();
  if (auto error = write_all(file.number(), bytes)) return error;
  return file.close();
}

}  // namespace

std::optional<std::string> read_file(const std::string& path, std::error_code& error) {
  error.clear();
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!file.is_open() || ::fstat(file.number(), &status) != 0) {
    error = last_error();
    return std::nullopt;
  }
  // One byte more than the size, so that the end of a regular file is seen without growing.
  std::string bytes(static_cast<size_t>(std::max<off_t>(status.st_size, 0)) + 1, '\0');
  size_t size = 0;
  for (;;) {
    if (size == bytes.size()) bytes.resize(2 * bytes.size());
    const ssize_t count = ::read(file.number(), bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      error = last_error();
      return std::nullopt;
    }
    if (count == 0) break;
    size += static_cast<size_t>(count);
  }
  bytes.resize(size);
  return bytes;
}

std::error_code write_file_atomically(const std::string& link, std::string_view bytes,
                                      WriteOptions options) {
  const std::string path = followed_path(link);
  if (is_link(path)) return std::make_error_code(std::errc::too_many_symbolic_link_levels);
  const auto facts = file_facts(path);
  if (facts && !facts->is_file && !facts->is_folder) return write_special(path, bytes);
  const std::string temporary = temporary_name(path);
  Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                         options.executable ? 0777 : 0666));
  if (!file.is_open()) return last_error();
  std::error_code error = fill(file, bytes, options);
  if (!error && std::rename(temporary.c_str(), path.c_str()) != 0) error = last_error();
  if (error) {
    ::unlink(temporary.c_str());
    return error;
  }
  return options.durable ? sync_folder(parent_folder(path)) : std::error_code();
}

WriteResult write_file_if_changed(const std::string& path, std::string_view bytes,
                                  WriteOptions options) {
  const auto facts = file_facts(path);
  if (facts && facts->is_file && facts->size == bytes.size()) {
    std::error_code error;
    const auto old = read_file(path, error);
    const bool mode_fits = !options.executable || ::access(path.c_str(), X_OK) == 0;
    if (old == bytes && mode_fits) return {};
  }
  return {write_file_atomically(path, bytes, options), true};
}

std::optional<FileFacts> file_facts(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  FileFacts facts;
  facts.size = static_cast<uint64_t>(status.st_size);
  facts.modified_ns = int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  facts.is_folder = S_ISDIR(status.st_mode);
  facts.is_file = S_ISREG(status.st_mode);
  return facts;
}

bool path_exists(const std::string& path) {
  return file_facts(path).has_value();
}

std::string followed_path(const std::string& path) {
  constexpr int kMaxLinks = 40;  // as the kernel
  std::string place = path;
  std::array<char, PATH_MAX> buffer{};
  for (int links = 0; links < kMaxLinks; ++links) {
    const ssize_t size = ::readlink(place.c_str(), buffer.data(), buffer.size());
    if (size <= 0) return place;
    const std::string_view target(buffer.data(), static_cast<size_t>(size));
    place = join_path(parent_folder(place), target);
  }
  return path;
}

std::error_code make_folders(const std::string& path) {
  if (::mkdir(path.c_str(), 0777) == 0) return {};
  if (errno == EEXIST) {
    const auto facts = file_facts(path);
    return facts && facts->is_folder ? std::error_code()
                                     : std::make_error_code(std::errc::not_a_directory);
  }
  const std::string parent = parent_folder(path);
  if (errno != ENOENT || parent == path) return last_error();
  if (auto error = make_folders(parent)) return error;
  // Another process may have made it in between.
  return ::mkdir(path.c_str(), 0777) == 0 || errno == EEXIST ? std::error_code() : last_error();
}

std::optional<std::vector<std::string>> list_folder(const std::string& path,
                                                    std::error_code& error) {
  error.clear();
  const auto close = [](DIR* folder) { ::closedir(folder); };
  const std::unique_ptr<DIR, decltype(close)> folder(::opendir(path.c_str()), close);
  if (!folder) {
    error = last_error();
    return std::nullopt;
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) {
    error = last_error();
    return std::nullopt;
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::error_code remove_tree(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT || errno == ENOTDIR) return {};
  if (errno != EISDIR && errno != EPERM) return last_error();
  std::error_code error;
  const auto names = list_folder(path, error);
  if (!names) return error;
  for (const std::string& name : *names) {
    if (auto failed = remove_tree(join_path(path, name))) error = failed;
  }
  if (::rmdir(path.c_str()) != 0 && errno != ENOENT && !error) error = last_error();
  return error;
}

bool is_writable_folder(const std::string& path) {
  const auto facts = file_facts(path);
  return facts && facts->is_folder && ::access(path.c_str(), W_OK | X_OK) == 0;
}

ReplaceResult replace_folder(const std::string& fresh, const std::string& target,
                             bool may_exchange) {
  constexpr unsigned kExchange = RENAME_EXCHANGE;
  errno = EINVAL;
  if (may_exchange &&
      ::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, target.c_str(), kExchange) == 0) {
    return {remove_tree(fresh), true};
  }
  // EINVAL, ENOSYS and EOPNOTSUPP are what file systems without the exchange say.
  const bool other_failure = errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP;
  const std::error_code reason = last_error();
  if (!path_exists(target)) {
    const bool renamed = std::rename(fresh.c_str(), target.c_str()) == 0;
    return {renamed ? std::error_code() : last_error(), true};
  }
  if (other_failure) return {reason, true};
  const std::string aside = fresh + ".old";
  if (std::rename(target.c_str(), aside.c_str()) != 0) return {last_error(), false};
  if (std::rename(fresh.c_str(), target.c_str()) != 0) {
    const std::error_code error = last_error();
    static_cast<void>(std::rename(aside.c_str(), target.c_str()));
    return {error, false};
  }
  return {remove_tree(aside), false};
}

namespace {

// Where temporary folders lie when the caller does not care.
std::string temp_parent(const std::string& parent) {
  if (!parent.empty()) return parent;
  const char* variable = std::getenv("TMPDIR");
  return variable != nullptr && *variable != '\0' ? variable : "/tmp";
}

// A descriptor of the folder that holds its lock; -1 when somebody else has it.
int lock_folder(const std::string& path) {
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder >= 0 && ::flock(folder, LOCK_EX | LOCK_NB) != 0) {
    ::close(folder);
    return -1;
  }
  return folder;
}

// Ours, and not so fresh that its maker may be about to lock it.
bool is_old_and_ours(const std::string& path) {
  constexpr time_t kSettled = 60;  // seconds
  struct stat facts = {};
  return ::lstat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode) &&
         facts.st_uid == ::geteuid() && facts.st_mtime + kSettled < ::time(nullptr);
}

}  // namespace

std::optional<TempFolder> TempFolder::make(const std::string& parent, const std::string& prefix,
                                           std::error_code& error) {
  error.clear();
  std::string path = join_path(temp_parent(parent), prefix + "XXXXXX");
  if (::mkdtemp(path.data()) == nullptr) {
    error = last_error();
    return std::nullopt;
  }
  const int lock = lock_folder(path);
  return TempFolder(std::move(path), lock);
}

void TempFolder::sweep(const std::string& parent, const std::string& prefix) {
  const std::string folder = temp_parent(parent);
  constexpr size_t kRandom = 6;
  std::error_code error;
  const auto names = list_folder(folder, error);
  for (const std::string& name : names.value_or(std::vector<std::string>())) {
    if (!name.starts_with(prefix) || name.size() != prefix.size() + kRandom) continue;
    const std::string path = join_path(folder, name);
    if (!is_old_and_ours(path)) continue;
    const int lock = lock_folder(path);
    if (lock < 0) continue;
    static_cast<void>(remove_tree(path));
    ::close(lock);
  }
}

TempFolder::TempFolder(TempFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::exchange(other.lock_, -1)) {}

TempFolder& TempFolder::operator=(TempFolder&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

TempFolder::~TempFolder() {
  if (!path_.empty()) static_cast<void>(remove_tree(path_));
  if (lock_ >= 0) ::close(lock_);
}

std::string TempFolder::release() {
  if (lock_ >= 0) ::close(std::exchange(lock_, -1));
  return std::exchange(path_, {});
}

std::string join_path(std::string_view folder, std::string_view name) {
  if (folder.empty() || name.starts_with('/')) return std::string(name);
  std::string path(folder);
  if (!path.ends_with('/')) path += '/';
  path += name;
  return path;
}

std::string parent_folder(const std::string& path) {
  const size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return path.empty() ? "." : "/";
  const size_t slash = path.rfind('/', end);
  if (slash == std::string::npos) return ".";
  const size_t last = path.find_last_not_of('/', slash);
  return last == std::string::npos ? "/" : path.substr(0, last + 1);
}

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string executable_folder() {
  std::array<char, PATH_MAX> buffer{};
  const ssize_t size = ::readlink("/proc/self/exe", buffer.data(), buffer.size());
  if (size <= 0) return "";
  return parent_folder(std::string(buffer.data(), static_cast<size_t>(size)));
}

}  // namespace tgc
