package cli

import (
	"context"
	"path"
	"path/filepath"
	"slices"

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
	item, err := r.readOne(ctx, arg, "the one whose neighbors are wanted", r.negate, s)
	if err != nil {
		return nil, err
	}
	labels, err := r.classOf(item)
	source, _, many := dataset.SplitNumber(arg)
	return &queryImage{Item: item, labels: labels, source: source, many: many}, err
}

// remark says what the user should know of the query.
func (r *searching) remark() {
	q := r.query
	if q.among {
		r.notes.Printf("%s itself is among the images to search and left out\n", q.Name)
	}
	r.remarkInverted(q.Item, "invert", r.negate)
}

// isQuery tells whether a candidate is the query: the same file, or the same image of
// the same file. What lies in an archive is no file on the disk, whatever its name.
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
		same = path.Base(item.Name) == filepath.Base(item.Path) && sameFile(item.Path, q.source) // a page of it is another image
	}
	q.among = q.among || same
	return same
}
