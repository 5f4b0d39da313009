//go:build unix

package mapped

import (
	"os"

	"golang.org/x/sys/unix"
)

func mapFile(f *os.File, size int64) ([]byte, error) {
	return unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
}

func mapWritable(f *os.File, size int64) ([]byte, error) {
	return unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
}

func unmap(all []byte) { _ = unix.Munmap(all) }

// atOnce is how many bytes a system reads ahead for one asking at least: Linux of usual settings for its disks.
const atOnce = 128 << 10

// advise asks for the pages from..to-1. It may fail, as nothing depends on it.
func advise(all []byte, from, to int) {
	page := os.Getpagesize()
	for from = from / page * page; from < to; from += atOnce {
		_ = unix.Madvise(all[from:min(from+atOnce, to)], unix.MADV_WILLNEED)
	}
}
