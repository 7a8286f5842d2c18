#include "python/src/byte_objects.h"

#include <cstring>
#include <string_view>
#include <utility>

#include "python/src/errors.h"

namespace py = pybind11;

namespace fsc::python {
namespace {

std::string NameOf(const py::object& file) {
  const py::object name = py::getattr(file, "name", py::none());
  return py::isinstance<py::str>(name) ? std::string(py::str(name)) : "file object";
}

// Runs `body` with the interpreter's lock; an exception is kept, and an error says that there was one.
template <class Body>
auto WithFile(const std::string& name, Raised* raised, const Body& body) -> decltype(body()) {
  const py::gil_scoped_acquire locked;
  try {
    return body();
  } catch (...) {
    raised->exception = std::current_exception();
    return IoError("the file object raised an exception", name);
  }
}

class FileObjectSource : public ByteSource {
 public:
  FileObjectSource(const py::object& file, Raised* raised) : file_(file), raised_(raised), name_(NameOf(file)) {
    if (!py::bool_(py::getattr(file, "seekable", py::cpp_function([] { return false; }))())) return;
    start_ = file.attr("tell")().cast<uint64_t>();
    size_ = file.attr("seek")(0, 2).cast<uint64_t>() - *start_;
    file.attr("seek")(*start_);
  }

  Result<size_t> Read(std::span<uint8_t> out) override {
    return WithFile(name_, raised_, [&]() -> Result<size_t> {
      const py::object piece = file_.attr("read")(out.size());
      if (!py::isinstance<py::bytes>(piece)) return IoError("read() gave no bytes", name_, "open the file as binary");
      const std::string_view bytes = piece.cast<std::string_view>();
      if (bytes.size() > out.size()) return IoError("read() gave more bytes than were asked for", name_);
      std::memcpy(out.data(), bytes.data(), bytes.size());
      return bytes.size();
    });
  }
  Status Seek(uint64_t position) override {
    return WithFile(name_, raised_, [&]() -> Status {
      if (!start_) return IoError("cannot seek", name_, "save the stream to a file first");
      file_.attr("seek")(*start_ + position);
      return {};
    });
  }
  std::optional<uint64_t> size_bytes() const override { return size_; }
  const std::string& name() const override { return name_; }

 private:
  py::handle file_;  // kept alive by SourceOf
  Raised* raised_;
  std::string name_;
  std::optional<uint64_t> start_;  // where position 0 is; nullopt where there is no seeking
  std::optional<uint64_t> size_;
};

class FileObjectSink : public ByteSink {
 public:
  FileObjectSink(const py::object& file, Raised* raised) : file_(file), raised_(raised), name_(NameOf(file)) {}

  Status Write(std::span<const uint8_t> bytes) override {
    return WithFile(name_, raised_, [&]() -> Status {
      while (!bytes.empty()) {
        const py::object count =
            file_.attr("write")(py::bytes(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
        const size_t written = py::isinstance<py::int_>(count) ? count.cast<size_t>() : bytes.size();
        if (written == 0 || written > bytes.size()) return IoError("write() took none of the bytes", name_);
        bytes = bytes.subspan(written);
      }
      return {};
    });
  }
  Status Commit() override { return {}; }
  const std::string& name() const override { return name_; }

 private:
  py::handle file_;  // kept alive by SinkOf
  Raised* raised_;
  std::string name_;
};

void RethrowFrom(Raised* raised) {
  if (raised->exception != nullptr) std::rethrow_exception(std::exchange(raised->exception, nullptr));
}

[[noreturn]] void RefuseObject(const py::object& object, const std::string& where, const std::string& advice) {
  Raise(Usage("not a stream: " + std::string(py::str(py::type::handle_of(object))), where, advice));
}

}  // namespace

SourceOf::SourceOf(const py::object& src) : object_(src) {
  if (py::isinstance<py::str>(src)) {
    source_ = Take(OpenSource(src.cast<std::string>()));
  } else if (py::isinstance<py::buffer>(src)) {
    buffer_.emplace(py::reinterpret_borrow<py::buffer>(src).request());
    if (buffer_->itemsize != 1 || buffer_->ndim != 1 || buffer_->strides[0] != 1) {
      RefuseObject(src, "src", "give bytes, one after the other");
    }
    source_ = MemorySource({static_cast<const uint8_t*>(buffer_->ptr), size_t(buffer_->size)});
  } else if (py::hasattr(src, "read")) {
    source_ = std::make_unique<FileObjectSource>(src, &raised_);
  } else {
    RefuseObject(src, "src", "give a path, bytes or a file object");
  }
}

void SourceOf::Rethrow() {
  RethrowFrom(&raised_);
}

SinkOf::SinkOf(const py::object& dst) : object_(dst) {
  if (dst.is_none()) {
    sink_ = MemorySink(&bytes_);
  } else if (py::isinstance<py::str>(dst)) {
    sink_ = Take(OpenSink(dst.cast<std::string>()));
  } else if (py::hasattr(dst, "write")) {
    sink_ = std::make_unique<FileObjectSink>(dst, &raised_);
  } else {
    RefuseObject(dst, "dst", "give a path or a file object");
  }
}

void SinkOf::Rethrow() {
  RethrowFrom(&raised_);
}

py::object SinkOf::TakeBytes() {
  if (!object_.is_none()) return py::none();
  const std::vector<uint8_t> bytes = std::exchange(bytes_, {});
  return py::bytes(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace fsc::python
