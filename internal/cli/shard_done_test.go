package cli

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// What is said of a shard is not written by a link that has come to stand there meanwhile.
func TestDoneIsWrittenToNoLink(t *testing.T) {
	dir := t.TempDir()
	victim, path := filepath.Join(t.TempDir(), "mine"), filepath.Join(dir, "codes.csv")
	if err := os.WriteFile(victim, []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	link := func() error { return os.Symlink(victim, path+doneEnding) }
	if err := link(); err != nil {
		t.Skip("no links here:", err)
	}
	s := &shardFlag{text: "0/2", about: doneShard{Shard: "0/2"}}
	r := &reader{output: &output{path: path}, done: 3}
	err := s.write(context.Background(), r, streamsTo(io.Discard, io.Discard), func(w io.Writer) error {
		if err := link(); err != nil {
			return err
		}
		_, err := io.WriteString(w, "rows")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if content := readFile(t, victim); string(content) != "mine" {
		t.Errorf("a file elsewhere holds %q now", content)
	}
	if d, err := readDone(path + doneEnding); err != nil || d.Done != 3 || d.Bytes != 4 || d.Shard != "0/2" {
		t.Errorf("%+v, %v", d, err)
	}
	if info, err := os.Lstat(path + doneEnding); err != nil || !info.Mode().IsRegular() {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
