package mapped

import (
	"bufio"
	"io"
	"math"
	"os"
)

// logBuffer is how much of a log is in memory.
const logBuffer = 1 << 20

// Log is a file for what is written from begin to end, and then read so, for as long as a file is built.
type Log struct {
	*bufio.Writer
	f untilDone
}

// Log makes one, whose file has no name any more where a system allows that.
func (b *Building) Log(what string) (*Log, error) {
	f, err := fresh(beside(b.file, what))
	if err != nil {
		return nil, err
	}
	_ = os.Remove(f.Name())
	part := untilDone{b.part.ctx, f}
	l := &Log{bufio.NewWriterSize(part, logBuffer), part}
	b.logs = append(b.logs, l)
	return l, nil
}

// Reader reads what was written, from the begin. There may be several.
func (l *Log) Reader() (*bufio.Reader, error) {
	if err := l.Flush(); err != nil {
		return nil, err
	}
	return bufio.NewReaderSize(io.NewSectionReader(l.f, 0, math.MaxInt64), logBuffer), nil
}

func (b *Building) close() {
	for _, l := range b.logs {
		_ = l.f.file.Close()
		_ = os.Remove(l.f.file.Name()) // where a system does not remove open files
	}
}
