package run

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"

	"vae/internal/safetensors"
)

// ErrDamaged says that a file is not, to the byte, what a program has written.
var ErrDamaged = errors.New("is damaged or was changed: its checksum is wrong; use a copy of it, or train again")

// noChecksum stands in a file for the checksum while that is computed.
var noChecksum = strings.Repeat("0", hex.EncodedLen(sha256.Size))

// seal adds the checksum to the metadata: the SHA-256 of the whole file, in which
// the checksum's own digits are zeros.
func seal(f *safetensors.File) (err error) {
	f.Metadata[keyChecksum], err = checksum(f)
	return err
}

// checksum is the SHA-256, in hexadecimal, of the file that f is written as with
// zeros for a checksum.
func checksum(f *safetensors.File) (string, error) {
	metadata := maps.Clone(f.Metadata)
	metadata[keyChecksum] = noChecksum
	h := sha256.New()
	err := safetensors.Write(h, &safetensors.File{Metadata: metadata, Tensors: f.Tensors})
	return hex.EncodeToString(h.Sum(nil)), err
}

// readSealed reads a file of size bytes and holds it against its checksum, which
// files of version 1 have not.
func readSealed(r io.Reader, size int64) (*safetensors.File, error) {
	opening := readOpening(r)
	f, err := safetensors.Read(io.MultiReader(bytes.NewReader(opening), r), size)
	if err != nil {
		return nil, err
	}
	want, sealed := f.Metadata[keyChecksum]
	if !sealed {
		return f, nil // which its version may ask for
	}
	// The checksum is that of the header as this program writes it.
	same, err := safetensors.Opening(f)
	if err != nil {
		return nil, err
	}
	got, err := checksum(f)
	if err != nil {
		return nil, err
	}
	if got == want && bytes.Equal(same, opening) {
		return f, nil
	}
	if v := f.Metadata[keyFormatVersion]; newer(v) { // which may compute it in another way
		return nil, fmt.Errorf("%w; or the file %w", &VersionError{Version: v}, ErrDamaged)
	}
	return nil, ErrDamaged
}

// readOpening reads the length of the header and the header, or what there is of
// them.
func readOpening(r io.Reader) []byte {
	var b bytes.Buffer
	if n, _ := io.CopyN(&b, r, 8); n < 8 {
		return b.Bytes()
	}
	if length := binary.LittleEndian.Uint64(b.Bytes()); length <= safetensors.MaxHeader {
		_, _ = io.CopyN(&b, r, int64(length)) // the error comes again where the file goes on
	}
	return b.Bytes()
}
