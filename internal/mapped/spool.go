package mapped

import (
	"os"
	"sync/atomic"
)

// Spool is a file for what comes in any order. It may be used by several goroutines.
type Spool struct {
	f  *os.File
	at atomic.Int64

	fault atomic.Pointer[error] // the last
}

// newSpool makes one, whose file has no name any more where a system allows that.
func newSpool(file string) (*Spool, error) {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, err
	}
	_ = os.Remove(file)
	return &Spool{f: f}, nil
}

func (s *Spool) close() {
	_ = s.f.Close()
	_ = os.Remove(s.f.Name())
}

// Add writes p somewhere, and says where.
func (s *Spool) Add(p []byte) (at int64, err error) {
	at = s.at.Add(int64(len(p))) - int64(len(p))
	if _, err = s.f.WriteAt(p, at); err != nil {
		s.fault.Store(&err)
	}
	return at, err
}

// Read reads what was added.
func (s *Spool) Read(p []byte, at int64) error {
	_, err := s.f.ReadAt(p, at)
	return err
}
