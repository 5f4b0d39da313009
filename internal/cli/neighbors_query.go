package cli

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"vae/internal/console"
	"vae/internal/dataset"
)

// queryImage is the image whose neighbors are wanted.
type queryImage struct {
	dataset.Item
	labels []int  // its class, of a conditional model
	source string // the argument, without the number of one image of many
	many   bool   // there was a number
	among  bool   // it was found among the candidates
}

// readQuery reads the one image that arg names.
func (r *searching) readQuery(ctx context.Context, arg string, s console.Streams) (*queryImage, error) {
	source, _, many := dataset.SplitNumber(arg)
	stream, err := dataset.Open(ctx, []string{arg}, r.streamOptions(s, r.negate))
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	item, ok := stream.Next()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case !ok:
		return nil, fmt.Errorf("%s: holds no image", arg)
	case item.Err != nil:
		return nil, item.Err
	}
	q := &queryImage{Item: item, source: source, many: many}
	if other, more := stream.Next(); more {
		return nil, usagef("%s holds more than one image: name the one whose neighbors are wanted, such as %s", arg, oneOf(source, other.Name))
	}
	return q, r.classify(q)
}

// oneOf is the argument that names one image of a source of many.
func oneOf(source, name string) string {
	if info, err := os.Stat(source); err != nil || !info.IsDir() {
		name = path.Base(name)
	}
	return strings.TrimSuffix(source, "/") + "/" + name
}

// remark says what the user should know of the query.
func (r *searching) remark() {
	q := r.query
	if q.among {
		r.notes.Printf("%s itself is among the images to search and left out\n", q.Name)
	}
	var check dataset.InversionCheck
	if check.Add(q.Pixels); check.Inverted(r.model.saved.Info.PixelMean) {
		r.notes.Printf("hint: %s looks like the negative of the training images; try --invert%s\n", q.Name, map[bool]string{true: "=false"}[r.negate])
	}
}

// classify finds the class of the query for a conditional model.
func (r *searching) classify(q *queryImage) error {
	switch {
	case r.labels.index == nil:
		return nil
	case r.labels.named >= 0:
		q.labels = []int{r.labels.named}
		return nil
	case q.Label == "":
		return usagef("%s is a conditional model, and %s has no label: name its class with --label (%s)", r.model.file, q.Name, console.Listed(r.model.Classes()))
	}
	class, err := r.labels.of(q.Item)
	q.labels = []int{class}
	return err
}

// isQuery tells whether a candidate is the query: the same file, or the same image of
// the same file.
func (r *searching) isQuery(item dataset.Item) bool {
	q, same := r.query, false
	switch {
	case q.source == "-":
	case q.many:
		same = item.Name == q.Name && slices.ContainsFunc(r.among, func(arg string) bool {
			file, _, _ := dataset.SplitNumber(arg)
			return file == q.source || sameFile(file, q.source)
		})
	default:
		same = sameFile(r.pathOf(item), q.source)
	}
	q.among = q.among || same
	return same
}

// pathOf is the path of a candidate that is a file.
func (r *searching) pathOf(item dataset.Item) string {
	name := filepath.FromSlash(item.Name)
	if len(r.among) > 1 {
		return name
	}
	if info, err := os.Stat(r.among[0]); err == nil && info.IsDir() {
		return filepath.Join(r.among[0], name)
	}
	return name
}
