package run

import (
	"crypto/sha256"
	"fmt"
	"io"
)

// Digest is the SHA-256 of a file, in hexadecimal, as sha256sum has it.
func Digest(file string) (string, error) {
	f, _, err := openRegular(file)
	if err != nil {
		return "", inFile(file, err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", inFile(file, err)
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}
