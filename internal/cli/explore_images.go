package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"vae/internal/console"
	"vae/internal/dataset"
)

// shown are the words for the images that are shown.
func (o *measuring) shown(m *loaded, data *dataset.Splits) string {
	if o.apart(m, data) {
		return o.split + " images of " + data.Name
	}
	return "images of " + data.Name
}

// namesOf is what commands call all images of a split, which is not always the one of the test; "" where they have no name for them.
func namesOf(data *dataset.Splits, split dataset.Split) string {
	if data.Test.Len() > 0 && split.Set != data.Test.Set {
		return ""
	}
	return data.Inputs
}

// inputOf is what commands call image i of a split; "" where they have no name for it.
func inputOf(data *dataset.Splits, split dataset.Split, i int) string {
	inputs := namesOf(data, split)
	if inputs == "" {
		return ""
	}
	name := split.Set.Name(split.Index[i])
	if !split.Set.Named() {
		return inputs + "/" + name
	}
	for _, root := range []string{inputs, filepath.Dir(inputs)} { // the second where the name begins with the folder of the test
		file := filepath.Join(root, filepath.FromSlash(name))
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file
		}
	}
	return ""
}

// upload reads one image from the bytes of a file.
func (o *exploreOptions) upload(m *loaded, file []byte, invert bool) (dataset.Pixels, error) {
	r := &reader{options: &inputOptions{maxPixels: o.images.pixels}, model: m}
	stream, err := dataset.Open(context.Background(), []string{"-"}, r.streamOptions(console.Streams{In: bytes.NewReader(file)}, invert))
	if err != nil {
		return dataset.Pixels{}, err
	}
	defer stream.Close()
	item, ok := stream.Next()
	switch {
	case !ok:
		return dataset.Pixels{}, errors.New("this is no image that can be read")
	case item.Err != nil:
		return dataset.Pixels{}, fmt.Errorf("this is no image that can be read: it %s", strings.TrimPrefix(worded(item.Err.Error()), "stdin: "))
	}
	return item.Pixels, nil
}
