package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/spf13/pflag"

	"vae/internal/atomicfile"
	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/inputfile"
	"vae/internal/run"
)

// doneEnding is behind the name of the file that says of what a shard was made.
const doneEnding = ".done"

// maxDone is the most bytes of such a file.
const maxDone = 1 << 16

// doneShard is what a file beside the output of a shard says of it. It is written behind it, and removed before it is made again.
type doneShard struct {
	Program  string `json:"program"` // which is not compared
	Command  string `json:"command"`
	Shard    string `json:"shard"`
	From     int    `json:"from"` // the first of the inputs
	To       int    `json:"to"`   // behind the last
	All      int    `json:"inputs"`
	Done     int    `json:"done"` // of them
	Bad      int    `json:"bad"`
	Bytes    int64  `json:"bytes"`    // of the output
	Model    string `json:"model"`    // SHA-256 of its file
	Settings string `json:"settings"` // of the flags that say what is made
	Names    string `json:"names"`    // of the inputs, with their labels, and the sizes and times of their files
}

// without what is known only when the work is done.
func (d doneShard) without() doneShard {
	d.Program, d.Done, d.Bad, d.Bytes = "", 0, 0, 0
	return d
}

// notSettings are flags that change nothing of what is made, or are compared otherwise.
var notSettings = []string{"output", "shard", "model", "quiet", "json", "help", "files-from", "cpuprofile", "memprofile"}

// settings are a digest of the flags that say what is made.
func (s *shardFlag) settings(format string) string {
	h := sha256.New()
	fmt.Fprintln(h, format)
	s.command.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "format" && !slices.Contains(notSettings, f.Name) {
			fmt.Fprintf(h, "%s %q\n", f.Name, f.Value.String())
		}
	})
	return fmt.Sprintf("%x", h.Sum(nil))
}

// madeOf is what the shard is to be made of.
func (s *shardFlag) madeOf(r *reader) (doneShard, error) {
	e := r.stream.Extent()
	d := doneShard{
		Program: program(), Command: s.command.Name(), Shard: fmt.Sprintf("%d/%d", s.I, s.N), From: e.From, To: e.To, All: e.All, Names: e.Digest,
		Settings: s.settings(r.output.format), Model: noModel,
	}
	if r.model == nil {
		return d, nil
	}
	var err error
	d.Model, err = run.Digest(r.model.file)
	return d, err
}

// different says what of two shards is not the same; "" for nothing.
func (d doneShard) different(o doneShard) string {
	switch d, o := d.without(), o.without(); {
	case d == o:
		return ""
	case d.Model != o.Model:
		return "of another model"
	case d.Names != o.Names, d.All != o.All:
		return "of other inputs"
	case d.Settings != o.Settings, d.Command != o.Command:
		return "with other settings"
	}
	return "as another part"
}

// done tells whether the output of the shard that the reader reads is there already. It is to be asked before any work is done.
func (s *shardFlag) done(r *reader) (bool, error) {
	if !s.given() {
		return false, nil
	}
	if r.output.path == "" || r.output.folder() {
		s.say(r)
		return false, nil
	}
	var err error
	if s.about, err = s.madeOf(r); err != nil || s.complete(r.output.path, r.notes) {
		return true, err
	}
	s.say(r)
	return false, nil
}

// write writes the output of a command to its file or to stdout, and beside that of a shard what it is of.
func (s *shardFlag) write(ctx context.Context, r *reader, streams console.Streams, produce func(io.Writer) error) error {
	path := r.output.path
	if !s.given() || path == "" {
		return r.output.write(ctx, streams, produce)
	}
	if err := os.Remove(path + doneEnding); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return console.OutputError(path+doneEnding, err)
	}
	if err := r.output.write(ctx, streams, produce); err != nil {
		return err
	}
	return s.save(path, r)
}

// complete tells whether the shard at path is there, and says why it is made again where it only seems to be.
func (s *shardFlag) complete(path string, n console.Notes) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	there, err := readDone(path + doneEnding)
	why := there.different(s.about)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		why = "and not " + path + doneEnding + ", which says of what it was made"
	case err != nil:
		why = "and " + path + doneEnding + " cannot be read"
	case why != "":
		why = "and was made " + why
	case there.Bytes != info.Size():
		why = fmt.Sprintf("and has %s bytes, not %s", console.Comma(int(info.Size())), console.Comma(int(there.Bytes)))
	default:
		bad := ""
		if there.Bad > 0 {
			bad = fmt.Sprintf(", of which %s failed", console.Comma(there.Bad))
		}
		n.Printf("%s is done: %s%s; remove it to have it made again\n", path, extentText(dataset.Extent{From: there.From, To: there.To, All: there.All}), bad)
		return true
	}
	n.Printf("%s is there, %s: it is made again\n", path, why)
	return false
}

func readDone(path string) (d doneShard, err error) {
	f, _, err := inputfile.Open(path, path)
	if err != nil {
		return d, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxDone))
	if err != nil {
		return d, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return d, decoder.Decode(&d)
}

// save writes what was done beside it, never by a link: where others may write, one may have come to lead to another file.
func (s *shardFlag) save(path string, r *reader) error {
	d := s.about // as the model was when it was read, which may be trained on meanwhile
	info, err := os.Stat(path)
	if err != nil {
		return console.OutputError(path, err)
	}
	d.Bytes, d.Done, d.Bad = info.Size(), r.done, r.bad
	err = atomicfile.Replace(path+doneEnding, func(w io.Writer) error { return console.NewJSON(w).Encode(d) })
	return console.OutputError(path+doneEnding, err)
}
