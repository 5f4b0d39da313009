package archive

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strings"
)

// listZip lists a zip. Entries that claim more than the file's bytes can hold share
// them, which only a bomb does.
func (a *Archive) listZip(r io.ReaderAt, size int64) error {
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return fmt.Errorf("is damaged: %w", err)
	}
	total := uint64(0)
	for _, f := range z.File {
		if f.UncompressedSize64 > maxDeflate*uint64(size) {
			total = maxDeflate*uint64(size) + 1
		}
		if total += f.UncompressedSize64; total > maxDeflate*uint64(size) {
			return fmt.Errorf("is a zip bomb: its %d bytes cannot hold what it claims", size)
		}
		if err := a.addZip(f); err != nil {
			return err
		}
	}
	a.sort()
	return nil
}

func (a *Archive) addZip(f *zip.File) error {
	name := strings.ReplaceAll(f.Name, `\`, "/") // as some programs for Windows write it
	const encryptedFlag = 1
	switch mode := f.Mode(); {
	case strings.HasSuffix(name, "/") || mode.IsDir():
	case !mode.IsRegular():
		a.LeftOut[notFile]++
	case f.Flags&encryptedFlag != 0:
		a.LeftOut[encrypted]++
	default:
		return a.add(name, int64(f.UncompressedSize64), f.Open)
	}
	return nil
}
