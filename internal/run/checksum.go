package run

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"vae/internal/safetensors"
)

// ErrDamaged says that a file is not, to the byte, what a program has written.
var ErrDamaged = errors.New("is damaged: its checksum is wrong; use a copy of it, or train again")

// noChecksum stands in a file for the checksum while that is computed.
var noChecksum = strings.Repeat("0", hex.EncodedLen(sha256.Size))

// seal adds the checksum to the metadata: the SHA-256 of the whole file, in which
// the checksum's own digits are zeros.
func seal(f *safetensors.File) error {
	f.Metadata[keyChecksum] = noChecksum
	sum, err := checksum(f)
	f.Metadata[keyChecksum] = sum
	return err
}

// checksum is the SHA-256, in hexadecimal, of the file that f is written as.
func checksum(f *safetensors.File) (string, error) {
	h := sha256.New()
	err := safetensors.Write(h, f)
	return digits(h), err
}

func digits(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// readSealed reads a file of size bytes and holds it against its checksum, which
// files of version 1 have not.
func readSealed(r io.Reader, size int64) (*safetensors.File, error) {
	h := sha256.New()
	f, err := safetensors.Read(io.TeeReader(r, h), size)
	if err != nil {
		return nil, err
	}
	sum, sealed := f.Metadata[keyChecksum]
	if !sealed {
		return f, nil // which its version may ask for
	}
	whole, err := checksum(f)
	if err == nil && whole == digits(h) { // the bytes that were read are those that f is written as
		f.Metadata[keyChecksum] = noChecksum
		whole, err = checksum(f)
		f.Metadata[keyChecksum] = sum
		if err == nil && whole == sum {
			return f, nil
		}
	}
	if v := f.Metadata[keyFormatVersion]; newer(v) { // which may compute it in another way
		return nil, fmt.Errorf("%w; or the file %w", &VersionError{Version: v}, ErrDamaged)
	}
	return nil, ErrDamaged
}
