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
)

// listTar lists a tar, of which files are read where they lie.
func (a *Archive) listTar(r io.ReaderAt, size int64) error {
	section := io.NewSectionReader(r, 0, size)
	t := tar.NewReader(section)
	for first := true; ; first = false {
		h, err := t.Next()
		switch {
		case err == io.EOF:
			a.sort()
			return nil
		case err != nil && first && !errors.Is(err, tar.ErrInsecurePath):
			return errors.New("is no archive that this program reads (zip, tar, tar.gz, tar.bz2)")
		case err != nil && !errors.Is(err, tar.ErrInsecurePath):
			return fmt.Errorf("is damaged: %w", err)
		}
		at, err := section.Seek(0, io.SeekCurrent)
		if err != nil {
			return err
		}
		if err := a.addTar(h, r, at, size); err != nil {
			return err
		}
	}
}

// addTar takes in an entry whose content begins at a place of r.
func (a *Archive) addTar(h *tar.Header, r io.ReaderAt, at, size int64) error {
	switch {
	case h.Typeflag == tar.TypeDir || h.Typeflag == tar.TypeXGlobalHeader:
	case h.Typeflag != tar.TypeReg || isSparse(h):
		a.LeftOut[notFile]++
	case h.Size > size-at:
		return errors.New("ends too early, it is truncated")
	default:
		return a.add(h.Name, h.Size, func() (io.ReadCloser, error) {
			return io.NopCloser(io.NewSectionReader(r, at, h.Size)), nil
		})
	}
	return nil
}

// isSparse tells whether a file has holes, which the archive leaves out.
func isSparse(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse") {
			return true
		}
	}
	return false
}

// unpackTar unpacks a tar into a temporary file and lists that.
func (a *Archive) unpackTar(packed io.Reader) error {
	buffered := bufio.NewReaderSize(packed, 64<<10)
	var unpacked io.Reader = bzip2.NewReader(buffered)
	if head, _ := buffered.Peek(2); string(head) == "\x1f\x8b" {
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return fmt.Errorf("is damaged: %w", err)
		}
		unpacked = z
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
	a.close = append(a.close, spool)
	if _, err := spool.Write(start[:n]); err != nil {
		return fmt.Errorf("cannot be unpacked: %w", err)
	}
	more, err := io.Copy(spool, io.LimitReader(unpacked, maxUnpacked))
	switch {
	case more == maxUnpacked:
		return fmt.Errorf("unpacks to more than %d bytes; unpack it and name the folder", int64(maxUnpacked))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("ends too early, it is truncated")
	case err != nil:
		return fmt.Errorf("cannot be unpacked: %w", err)
	}
	return a.listTar(spool, int64(n)+more)
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
