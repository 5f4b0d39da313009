package main

import (
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// snapshot lists everything below the script's folder, temporary files too, with
// the checksums of files.
func snapshot(ts *testscript.TestScript) string {
	var b strings.Builder
	work := ts.Getenv("WORK")
	ts.Check(filepath.WalkDir(work, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(work, path)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s %v", filepath.ToSlash(rel), d.Type())
		if d.Type().IsRegular() {
			sum, err := checksum(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, " %x", sum)
		}
		b.WriteByte('\n')
		return nil
	}))
	return b.String()
}

// checksumSeed makes the checksums of one process comparable.
var checksumSeed = maphash.MakeSeed()

// checksum is that of a file's bytes, in this process. Scripts take it of gigabytes.
func checksum(path string) (uint64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var h maphash.Hash
	h.SetSeed(checksumSeed)
	buffer := checksumBuffers.Get().(*[]byte)
	defer checksumBuffers.Put(buffer)
	n, err := io.CopyBuffer(&h, struct{ io.Reader }{f}, *buffer)
	maphash.WriteComparable(&h, n)
	return h.Sum64(), err
}

var checksumBuffers = sync.Pool{New: func() any { return new(make([]byte, 256<<10)) }}
