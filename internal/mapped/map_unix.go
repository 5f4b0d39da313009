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

// advise asks for the pages from..to-1. It may fail, as nothing depends on it.
func advise(all []byte, from, to int) {
	page := os.Getpagesize()
	_ = unix.Madvise(all[from/page*page:to], unix.MADV_WILLNEED)
}

// scatter asks for no more pages than are used. It may fail too.
func scatter(all []byte) { _ = unix.Madvise(all, unix.MADV_RANDOM) }
