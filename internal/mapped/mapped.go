// Package mapped keeps large values in files that are made once, whole or not at all, and are then read as memory: of what is not in use the system
// takes the memory back, so that there may be more than the machine has.
//
// A file is 64 bytes of a first line, the body, a header that says what the body is, its key, the CRC-32C of each MiB of the body, and a trailer. The
// trailer is written last and holds the SHA-256 of all behind the body, so that no part of a file is taken for one.
package mapped

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
)

const (
	anyVersion = "vae mapped file "
	firstLine  = anyVersion + "2\n"
	bodyAt     = 64 // aligned for numbers of any width
	// trailerSize is that of a SHA-256, the lengths of body, header and key, and the first line again.
	trailerSize = sha256.Size + 3*8 + len(firstLine)
	// blockSize is how much of the body has a checksum of its own.
	blockSize = 1 << 20
)

// mostHeader is how long a header may be, in bytes.
var mostHeader = 1 << 30

// File is a file in memory, for as long as the program runs. Its bytes must not be written.
type File struct {
	Body   []byte
	Header []byte
	Path   string
	all    []byte
}

// What a file is that is none of those that were asked for.
const (
	NotWhole     = "is not whole"
	OtherVersion = "is of another version of this program"
	OtherKey     = "is of other images or other settings"
	Damaged      = "is damaged: it is not what was written"
)

// Open maps a file that was built with the key, and of which every byte is what was written. It is nil where there is none such; why says then what
// there is, "" for no file. Errors: a file that cannot be read or mapped; that of ctx, when it is done before all is read.
func Open(ctx context.Context, file, key string) (m *File, why string, err error) {
	f, info, err := openRegular(file)
	if f == nil || err != nil {
		return nil, "", err
	}
	defer f.Close()
	end, why, err := whole(f, info.Size(), key)
	if why != "" || err != nil {
		return nil, why, err
	}
	if ok, err := end.holds(ctx, f); !ok || err != nil {
		return nil, Damaged, err
	}
	all, err := mapFile(f, info.Size())
	if err != nil {
		return nil, "", fmt.Errorf("%s: cannot be mapped into memory: %w", file, err)
	}
	return &File{Body: all[bodyAt : bodyAt+end.body : bodyAt+end.body], Header: end.header, Path: file, all: all}, "", nil
}

// openRegular opens a file; nil where there is none, with no info, or something that is no regular file, which an attempt to open might wait for.
func openRegular(file string) (*os.File, fs.FileInfo, error) {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil || !info.Mode().IsRegular() {
		return nil, info, err
	}
	f, err := os.Open(file)
	return f, info, err
}

// ending is what stands behind a body.
type ending struct {
	body   int64
	header []byte
	sums   []byte // 4 bytes a block
}

// blocks is how many checksums a body has.
func blocks(body int64) int64 { return (body + blockSize - 1) / blockSize }

// whole is the end of a file that is whole and has the key; of another it says why it is none.
func whole(f io.ReaderAt, size int64, key string) (end ending, why string, err error) {
	if why, err := versionOf(f, size); why != "" || err != nil {
		return end, why, err
	}
	if size < int64(bodyAt+trailerSize) || size > math.MaxInt {
		return end, NotWhole, nil
	}
	trailer := make([]byte, trailerSize)
	if _, err := f.ReadAt(trailer, size-int64(trailerSize)); err != nil {
		return end, "", err
	}
	lengths := trailer[sha256.Size:]
	bodySize, headerSize := int64(binary.LittleEndian.Uint64(lengths)), int64(binary.LittleEndian.Uint64(lengths[8:]))
	keySize := int64(binary.LittleEndian.Uint64(lengths[16:]))
	if string(lengths[24:]) != firstLine || bodySize < 0 || bodySize > size || headerSize < 0 || headerSize > int64(mostHeader) || keySize < 0 || keySize > mostKey {
		return end, NotWhole, nil
	}
	if bodySize != size-int64(bodyAt+trailerSize)-headerSize-keySize-4*blocks(bodySize) {
		return end, NotWhole, nil
	}
	behind := make([]byte, headerSize+keySize+4*blocks(bodySize))
	if _, err := f.ReadAt(behind, bodyAt+bodySize); err != nil {
		return end, "", err
	}
	end = ending{bodySize, behind[:headerSize:headerSize], behind[headerSize+keySize:]}
	switch found := string(behind[headerSize : headerSize+keySize]); {
	case seal(end.header, found, end.sums, bodySize) != [sha256.Size]byte(trailer):
		return end, Damaged, nil
	case found != key:
		return end, OtherKey, nil
	}
	return end, "", nil
}

// mostKey is how long a key may be.
const mostKey = 1 << 16

// versionOf says what is wrong with the first line of a file.
func versionOf(f io.ReaderAt, size int64) (why string, err error) {
	line := make([]byte, min(int64(len(firstLine)), size))
	if _, err := f.ReadAt(line, 0); err != nil && err != io.EOF {
		return "", err
	}
	switch {
	case string(line) == firstLine:
		return "", nil
	case bytes.HasPrefix(line, []byte(anyVersion)) && !strings.HasPrefix(firstLine, string(line)):
		return OtherVersion, nil
	}
	return NotWhole, nil
}

// seal is the SHA-256 that a whole file ends with.
func seal(header []byte, key string, sums []byte, body int64) (sum [sha256.Size]byte) {
	h := sha256.New()
	fmt.Fprintf(h, "%s%d %d %d\n", firstLine, body, len(header), len(key))
	h.Write(header)
	io.WriteString(h, key)
	h.Write(sums)
	return [sha256.Size]byte(h.Sum(nil))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// holds tells whether each block of the body has its checksum.
func (e *ending) holds(ctx context.Context, f io.ReaderAt) (bool, error) {
	var next, wrong atomic.Int64
	var fault atomic.Pointer[error]
	var wg sync.WaitGroup
	for range min(int(blocks(e.body)), runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			buf := make([]byte, blockSize)
			for i := next.Add(1) - 1; i < blocks(e.body) && wrong.Load() == 0 && ctx.Err() == nil; i = next.Add(1) - 1 {
				part := buf[:min(blockSize, e.body-i*blockSize)]
				if _, err := f.ReadAt(part, bodyAt+i*blockSize); err != nil {
					fault.Store(&err)
					wrong.Add(1)
				} else if crc32.Checksum(part, castagnoli) != binary.LittleEndian.Uint32(e.sums[4*i:]) {
					wrong.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if err := fault.Load(); err != nil {
		return false, *err
	}
	return wrong.Load() == 0, ctx.Err()
}

// Ahead lets the system read bytes from..to-1 of the body, of which there will be need soon, and does not wait for them.
func (f *File) Ahead(from, to int) { advise(f.all, bodyAt+from, bodyAt+to) }
