package cli

import (
	"context"
	"fmt"
	"os"
	"path"
	"strings"

	"vae/internal/console"
	"vae/internal/dataset"
)

// readOne reads the one image that an argument names. Wanted says which of many is to be named,
// such as "the one whose neighbors are wanted".
func (r *reader) readOne(ctx context.Context, arg, wanted string, invert bool, s console.Streams) (dataset.Item, error) {
	stream, err := dataset.Open(ctx, []string{arg}, r.streamOptions(s, invert))
	if err != nil {
		return dataset.Item{}, err
	}
	defer stream.Close()
	item, ok := stream.Next()
	switch {
	case ctx.Err() != nil:
		return item, ctx.Err()
	case !ok:
		return item, fmt.Errorf("%s: holds no image", arg)
	case item.Err != nil:
		return item, item.Err
	}
	if other, more := stream.Next(); more {
		source, _, _ := dataset.SplitNumber(arg)
		return item, usagef("%s holds more than one image: name %s, such as %s", arg, wanted, oneOf(source, other.Name))
	}
	return item, nil
}

// oneOf is the argument that names one image of a source of many.
func oneOf(source, name string) string {
	if info, err := os.Stat(source); err != nil || !info.IsDir() {
		name = path.Base(name)
	}
	return strings.TrimSuffix(source, "/") + "/" + name
}

// classOf is the class of one image for a conditional model: that which --label names, else its own;
// nil of a model that is not conditional.
func (r *reader) classOf(item dataset.Item) ([]int, error) {
	switch {
	case r.labels.index == nil:
		return nil, nil
	case r.labels.named >= 0:
		return []int{r.labels.named}, nil
	}
	class, err := r.labels.of(item)
	if err != nil && item.Label == "" {
		return nil, usagef("%s is a conditional model, and %s has no label: name its class with --label (%s), or put it into a folder that is called like it", r.model.file, item.Name, console.Listed(r.model.Classes()))
	}
	return []int{class}, err
}

// remarkInverted hints at an image that looks like the negative of what the model knows.
func (r *reader) remarkInverted(item dataset.Item, flag string, inverted bool) {
	var check dataset.InversionCheck
	if check.Add(item.Pixels); check.Inverted(r.model.saved.Info.PixelMean) {
		r.notes.Printf("hint: %s looks like the negative of the training images; try --%s%s\n", item.Name, flag, map[bool]string{true: "=false"}[inverted])
	}
}

// floatsOf are the pixels of an image [D].
func floatsOf(item dataset.Item) []float32 {
	pixels := make([]float32, item.Pixels.Len())
	item.Pixels.Floats(pixels)
	return pixels
}
