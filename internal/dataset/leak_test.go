package dataset

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// openFiles is the number of files that the process has open, 0 where it cannot tell.
func openFiles() int {
	files, _ := os.ReadDir("/proc/self/fd")
	return len(files)
}

// TestStreamLeavesNothingOpen: neither a goroutine nor a file is left by a stream that
// is read to its end, closed early, cancelled, or fails at once or on the way.
func TestStreamLeavesNothingOpen(t *testing.T) {
	dir := t.TempDir()
	good := write(t, dir, "good", idxBytes(idxImages, []int32{200, 2, 2}, ramp(800)))
	packed := write(t, dir, "packed.gz", zipped(t, idxBytes(idxImages, []int32{200, 2, 2}, ramp(800))))
	short := write(t, dir, "short", idxBytes(idxImages, []int32{200, 2, 2}, ramp(400)))
	header := write(t, dir, "header", []byte{0, 0, 8, 3, 0, 0})
	image := write(t, dir, "photos/a/1.png", grayFile(t, 2, 2, 8))
	write(t, dir, "photos/a/2.png", []byte("no image"))
	photos := filepath.Dir(filepath.Dir(image))
	goroutinesBefore, filesBefore := runtime.NumGoroutine(), openFiles()
	for _, args := range [][]string{
		{good}, {packed, good}, {good, photos, packed}, {short}, {good, short, packed}, {"mnist:test", good},
		{good, filepath.Join(dir, "none")}, {packed, header}, {good, dir}, {photos, good, "-", "-"}, {good, "-"},
	} {
		for _, read := range []int{0, 1, 100, 1 << 20} {
			ctx, cancel := context.WithCancel(t.Context())
			o := small(2, 2, 1)
			in, out := io.Pipe() // a reader that blocks until it is closed
			o.Stdin = in
			s, err := Open(ctx, args, o)
			if read == 1<<20 {
				out.Close()
			}
			for i := 0; err == nil && i < read; i++ {
				if _, ok := s.Next(); !ok {
					break
				}
			}
			if read == 1 {
				cancel()
			}
			if err == nil {
				s.Close()
			}
			cancel()
			out.Close()
			goroutines(t, goroutinesBefore)
			if n := openFiles(); n > filesBefore {
				t.Fatalf("%q, %d read (%v): %d files are open, %d before", args, read, err, n, filesBefore)
			}
		}
	}
}
