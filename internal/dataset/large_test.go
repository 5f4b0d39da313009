package dataset

import (
	"archive/tar"
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"vae/internal/config"
	"vae/internal/rng"
)

// TestWriteLarge writes shards of so many images, if VAE_LARGE names a folder: digits of MNIST, each moved by up to two pixels, as PGM, which takes
// no time to write or to read. docs/large.sh trains on them.
func TestWriteLarge(t *testing.T) {
	dir := os.Getenv("VAE_LARGE")
	if dir == "" {
		t.Skip("VAE_LARGE names no folder to write many images to")
	}
	n, err := strconv.Atoi(os.Getenv("VAE_LARGE_IMAGES"))
	if err != nil || n < 1 {
		t.Fatalf("VAE_LARGE_IMAGES: %v", err)
	}
	from := mustLoad(t, config.Data{Source: "mnist", Validation: 0}, 1).Train
	const shards = 100
	for s := range shards {
		if err := writeLarge(filepath.Join(dir, fmt.Sprintf("digits-%06d.tar", s)), from, s*n/shards, (s+1)*n/shards); err != nil {
			t.Fatal(err)
		}
	}
}

// writeLarge writes the images first..end-1 of a large set to a shard.
func writeLarge(file string, from Split, first, end int) (err error) {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	out := tar.NewWriter(w)
	for i := first; i < end && err == nil; i++ {
		r := rng.Stream(7, "large", uint64(i))
		row := from.Index[r.IntN(from.Len())]
		image := moved(from.Set.Image(row), r.IntN(5)-2, r.IntN(5)-2)
		key := fmt.Sprintf("%08d", i)
		if err = member(out, key+".pgm", append([]byte("P5 28 28 255\n"), image...)); err == nil {
			err = member(out, key+".cls", []byte(from.Set.Label(row)))
		}
	}
	for _, end := range []func() error{out.Close, w.Flush} {
		if err == nil {
			err = end()
		}
	}
	return err
}

// member writes a file of a tar.
func member(w *tar.Writer, name string, content []byte) error {
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Format: tar.FormatUSTAR}); err != nil {
		return err
	}
	_, err := w.Write(content)
	return err
}

// moved is an image of 28x28 moved by x, y pixels.
func moved(image []uint8, x, y int) []uint8 {
	out := make([]uint8, len(image))
	for i := range out {
		if fx, fy := i%28-x, i/28-y; fx >= 0 && fx < 28 && fy >= 0 && fy < 28 {
			out[i] = image[fy*28+fx]
		}
	}
	return out
}
