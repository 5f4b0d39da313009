package archive

import (
	"archive/tar"
	"bufio"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"vae/internal/inputfile"
)

// mostPeeked is how much of what is packed is unpacked to find the first files.
const mostPeeked = 64 << 20

// Peek tells whether one of the first files of the tar at path, at most so many, has a name that is right. Nothing is unpacked for it but the begin.
func Peek(path string, most int, right func(name string) bool) bool {
	f, _, err := inputfile.Open(path, path)
	if err != nil {
		return false
	}
	defer f.Close()
	unpacked, err := unpacker(f)
	if err != nil {
		return false
	}
	if unpacked == nil {
		unpacked = f
	} else {
		unpacked = io.LimitReader(unpacked, mostPeeked)
	}
	entries := tar.NewReader(unpacked)
	for range most {
		h, err := entries.Next()
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return false
		}
		if h.Typeflag == tar.TypeReg && right(h.Name) {
			return true
		}
	}
	return false
}

// unpacker reads what a file has packed; nil of one that is not packed.
func unpacker(f io.ReadSeeker) (io.Reader, error) {
	var head [4]byte
	n, _ := io.ReadFull(f, head[:])
	if _, err := f.Seek(0, io.SeekStart); err != nil || !isPacked(string(head[:n])) {
		return nil, err
	}
	buffered := bufio.NewReaderSize(f, 64<<10)
	if head[0] == '\x1f' {
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, fmt.Errorf("is damaged: %w", err)
		}
		return z, nil
	}
	return bzip2.NewReader(buffered), nil
}

// unpack unpacks the tar into a temporary file.
func (t *Tar) unpack(packed io.ReadSeeker) error {
	unpacked, err := unpacker(packed)
	if err != nil {
		return err
	}
	start := make([]byte, 512)
	n, err := io.ReadFull(unpacked, start)
	if err == nil && !looksTar(start) || err != nil && (err == io.EOF || err == io.ErrUnexpectedEOF) {
		return errors.New("is packed, and holds no tar")
	}
	if err != nil {
		return fmt.Errorf("is damaged: %w", err)
	}
	spool, err := newSpool()
	if err != nil {
		return err
	}
	t.close = append(t.close, spool)
	if _, err := spool.Write(start[:n]); err != nil {
		return fmt.Errorf("cannot be unpacked: %w", err)
	}
	more, err := io.Copy(spool, io.LimitReader(unpacked, maxUnpacked))
	switch {
	case more == maxUnpacked:
		return fmt.Errorf("unpacks to more than %d bytes; unpack it and name the folder", int64(maxUnpacked))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return ErrTruncated
	case err != nil:
		return fmt.Errorf("cannot be unpacked: %w", err)
	}
	t.r, t.size = spool, int64(n)+more
	return nil
}

// looksTar tells whether a block is the header of a file: its checksum is right.
func looksTar(block []byte) bool {
	sum := int64(8 * ' ')
	for i, b := range block {
		if i < 148 || i >= 156 {
			sum += int64(b)
		}
	}
	var stored int64
	_, err := fmt.Sscanf(strings.Trim(string(block[148:156]), " \x00"), "%o", &stored)
	return err == nil && stored == sum
}

// spool is a temporary file that is gone when it is closed, and where the system
// allows it when the program ends.
type spool struct{ *os.File }

func newSpool() (spool, error) {
	f, err := os.CreateTemp("", ".vae-*")
	if err != nil {
		return spool{}, err
	}
	_ = os.Remove(f.Name()) // Windows removes it when it is closed
	return spool{f}, nil
}

func (s spool) Close() error {
	err := s.File.Close()
	_ = os.Remove(s.Name())
	return err
}
