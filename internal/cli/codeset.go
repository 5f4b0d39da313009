package cli

import (
	"context"
	"fmt"
	"os"
	"strings"

	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/walk"
)

const codeSetHelp = `Each is an image, or images whose mean code is meant: a folder, an archive, mnist:test.
SOURCE@LABEL takes those with a label alone: mnist:test@7, photos/@smiling.`

// codeSet is the codes of what one argument, or several, name.
type codeSet struct {
	name  string
	codes []float32 // [N,L]
	mix   []float32 // [C] the mean of their labels, of a conditional model; else nil
	image []float32 // [D] of a single image; else nil
}

// splitClass takes the label off SOURCE@LABEL; it is "" where there is none, as in the name of a file
// that exists.
func splitClass(arg string) (source, label string) {
	if _, err := os.Stat(arg); err == nil {
		return arg, ""
	}
	at := strings.LastIndexByte(arg, '@')
	if at < 1 || at == len(arg)-1 {
		return arg, ""
	}
	return arg[:at], arg[at+1:]
}

// sourcesOf are the arguments without labels.
func sourcesOf(args []string) []string {
	sources := make([]string, len(args))
	for i, arg := range args {
		sources[i], _ = splitClass(arg)
	}
	return sources
}

// codeSets reads sets with one model, and counts over all of them what could not be read.
type codeSets struct {
	ctx     context.Context
	streams console.Streams
	first   *reader // whose model and options are those of all
	bad     int
	done    int
}

// read reads and encodes all images that the arguments name together.
func (c *codeSets) read(args ...string) (*codeSet, error) {
	l := c.first.model.Latent()
	set := &codeSet{name: strings.Join(args, ", ")}
	classes := make([]float64, len(c.first.model.Classes()))
	for _, arg := range args {
		codes, err := c.encode(arg, 0, func(item dataset.Item, class []int) {
			if set.image == nil { // of many images it is not needed
				set.image = floatsOf(item)
			}
			for _, i := range class {
				classes[i]++
			}
		})
		if err != nil {
			return nil, err
		}
		set.codes = append(set.codes, codes...)
	}
	n := len(set.codes) / l
	if n > 1 {
		set.image = nil
	}
	for _, sum := range classes {
		set.mix = append(set.mix, float32(sum/float64(n)))
	}
	return set, nil
}

// single reads the images of one argument, at most most of them, one by one.
func (c *codeSets) single(arg string, most int) ([]*codeSet, error) {
	var sets []*codeSet
	codes, err := c.encode(arg, most, func(item dataset.Item, class []int) {
		set := &codeSet{name: item.Name, image: floatsOf(item)}
		for _, i := range class {
			set.mix = c.first.model.oneHot(i)
		}
		sets = append(sets, set)
	})
	for i, code := range each(codes, c.first.model.Latent()) {
		sets[i].codes = code
	}
	return sets, err
}

// encode encodes the images of one argument, at most most of them where that is not 0, and tells of
// each, with its class where the model is conditional.
func (c *codeSets) encode(arg string, most int, tell func(item dataset.Item, class []int)) ([]float32, error) {
	r := *c.first
	source, label := splitClass(arg)
	r.only, r.limit = label, most
	if err := r.start(c.ctx, []string{source}, c.streams); err != nil {
		return nil, err
	}
	defer r.stream.Close()
	if label != "" && !r.stream.Labelled() {
		return nil, usagef("%s: the images of %s have no labels: name folders of classes, IDX files or mnist:test before @, or leave @%s out", arg, source, label)
	}
	codes, err := r.encodeEach(c.ctx, func(item dataset.Item) { tell(item, r.labels.ofAll([]dataset.Item{item})) })
	switch {
	case label != "" && r.done == 0 && r.bad == 0 && c.ctx.Err() == nil:
		return nil, fmt.Errorf("%s: %s holds no image of the label %q", arg, source, console.Brief(label))
	case err != nil:
		return nil, err
	}
	c.bad, c.done = c.bad+r.bad, c.done+r.done
	return codes.Mu, nil
}

// partial is the error for bad inputs among good ones.
func (c *codeSets) partial() error {
	if c.bad > 0 {
		return console.PartialError{Bad: c.bad, Done: c.done}
	}
	return nil
}

// mean is the mean code of a set [L].
func (s *codeSet) mean(latent int) []float64 { return walk.Mean(s.codes, latent) }

// text says what a set is.
func (s *codeSet) text(latent int) string {
	if n := len(s.codes) / latent; n > 1 {
		return fmt.Sprintf("%s (the mean of %s)", s.name, console.Count(n, "image"))
	}
	return s.name
}
