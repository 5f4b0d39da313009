package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/dataset"
)

// maxShards is the most parts of a whole.
const maxShards = 1_000_000

const shardHelp = `--shard I/N does part I of N of the inputs, counted from 0: the outputs of all, one
behind the other, are what one process makes of all inputs. With -o codes.csv it
writes codes-00007-of-00100.csv, and beside it codes-00007-of-00100.csv.done, which
says of what; where both are there and nothing has changed, nothing is done again.
--shard auto takes I and N from the tasks of Slurm and of Kubernetes, auto/N but I.`

// shardFlag is --shard: which part of the inputs is done.
type shardFlag struct {
	dataset.Shard // once it is resolved
	about         doneShard
	text          string
	command       *cobra.Command
}

func (s *shardFlag) add(c *cobra.Command) {
	s.command = c
	c.Flags().Var(s, "shard", "do part `I/N` of the inputs alone, counted from 0, or auto, as the tasks of a cluster are counted")
	complete(c, "shard", []string{auto})
}

// auto is the --shard of which the environment tells the part.
const auto = "auto"

func (s *shardFlag) Type() string   { return "string" }
func (s *shardFlag) String() string { return s.text }

// Set takes a text that parseShard takes.
func (s *shardFlag) Set(text string) error {
	_, _, err := parseShard(text)
	s.text = text
	return err
}

func (s *shardFlag) given() bool { return s.text != "" }

var errShard = errors.New("must be I/N, which is part I of N counted from 0, such as 0/8, or auto, or auto/N")

// parseShard reads I/N, auto/N and auto. What is left to the environment is -1, or 0 of N.
func parseShard(text string) (shard dataset.Shard, fromTask bool, err error) {
	part, of, whole := strings.Cut(text, "/")
	if text == auto {
		return shard, true, nil
	}
	if shard.N, err = config.ParseInt(of); !whole || errors.Is(err, config.ErrNumber) {
		return shard, false, errShard
	}
	if err != nil || shard.N < 1 || shard.N > maxShards {
		return shard, false, fmt.Errorf("there may be 1 to %s parts", console.Comma(maxShards))
	}
	if part == auto {
		return shard, true, nil
	}
	if shard.I, err = config.ParseInt(part); errors.Is(err, config.ErrNumber) {
		return shard, false, errShard
	}
	if err != nil || shard.I < 0 || shard.I >= shard.N {
		return shard, false, fmt.Errorf("the parts of %d are 0/%[1]d to %d/%[1]d", shard.N, shard.N-1)
	}
	return shard, false, nil
}

// resolve finds the part, and refuses what cannot be done in parts.
func (s *shardFlag) resolve(in *inputOptions, out *output, env func(string) string) error {
	if !s.given() {
		return nil
	}
	shard, fromTask, err := parseShard(s.text)
	if err == nil && fromTask {
		shard, err = shardOfTask(shard.N, env)
	}
	switch {
	case err != nil:
		return usagef("--shard %s: %w", s.text, err)
	case in.counted():
		return usagef("--shard and -n exclude each other: which images are the first so many is known once all before them are read; name fewer inputs")
	}
	s.Shard = shard
	out.shard = shard
	return nil
}

// shardPath is the path of the output of a shard: codes.csv is codes-00007-of-00100.csv.
func shardPath(path string, s dataset.Shard) string {
	ending := filepath.Ext(path)
	return fmt.Sprintf("%s-%05d-of-%05d%s", strings.TrimSuffix(path, ending), s.I, s.N, ending)
}

// takeShard has a file of an output be that of its shard.
func (o *output) takeShard() error {
	if o.shard.N == 0 || o.path == "" || o.folder() {
		return nil
	}
	if info, err := os.Stat(o.path); err == nil && !info.Mode().IsRegular() {
		return usagef("-o %s is no file, which a shard has beside others: leave -o out, and take stdout", o.path)
	}
	o.path = shardPath(o.path, o.shard)
	return nil
}

// whole refuses what is of all images together.
func (s *shardFlag) whole(what, instead string) error {
	if !s.given() {
		return nil
	}
	return usagef("--shard: %s is of all images together: %s", what, instead)
}

// say tells which inputs are done.
func (s *shardFlag) say(r *reader) {
	if s.given() {
		r.notes.Printf("shard %d/%d: %s\n", s.I, s.N, extentText(r.stream.Extent()))
	}
}

func extentText(e dataset.Extent) string {
	if e.From == e.To {
		return fmt.Sprintf("none of %s", console.Count(e.All, "input"))
	}
	return fmt.Sprintf("inputs %s to %s of %s, counted from 0", strconv.Itoa(e.From), strconv.Itoa(e.To-1), strconv.Itoa(e.All))
}
