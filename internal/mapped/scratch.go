package mapped

import (
	"os"
	"path/filepath"
	"strconv"
	"unsafe"
)

// Ints are n numbers, 0, in memory that the system may write to a file without a name in a folder, until they are released: not to be used after that.
// Where that cannot be had they are in memory like others.
func Ints(folder string, n int) (numbers []int, release func()) {
	const size = strconv.IntSize / 8
	all, err := scratch(folder, int64(n)*size)
	if err != nil || n == 0 {
		return make([]int, n), func() {}
	}
	return unsafe.Slice((*int)(unsafe.Pointer(&all[0])), n), func() { unmap(all) }
}

// scratch maps so many zeros. They are on the disk before, so that a full one is an error here, and not when they are written to.
func scratch(folder string, size int64) (all []byte, err error) {
	f, err := os.CreateTemp(folder, ".vae-*")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := os.Remove(f.Name()); err != nil {
		return nil, err
	}
	zeros := make([]byte, min(size, logBuffer))
	for left := size; left > 0; left -= int64(len(zeros)) {
		if _, err := f.Write(zeros[:min(left, int64(len(zeros)))]); err != nil {
			return nil, err
		}
	}
	return mapWritable(f, size)
}

// Ints are [Ints] in the folder of a file.
func (f *File) Ints(n int) (numbers []int, release func()) { return Ints(filepath.Dir(f.Path), n) }
