package inputfile

import (
	"bufio"
	"io"
)

// Skip passes over n bytes of a reader that buffers what file gives. Where the file can be sought in, they are not read.
func Skip(buffered *bufio.Reader, file any, n int64) error {
	held := min(int64(buffered.Buffered()), n)
	if _, err := buffered.Discard(int(held)); err != nil {
		return err
	}
	n -= held
	if seeker, ok := file.(io.Seeker); ok && n > 0 {
		_, err := seeker.Seek(n, io.SeekCurrent)
		return err
	}
	_, err := io.CopyN(io.Discard, buffered, n)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}
