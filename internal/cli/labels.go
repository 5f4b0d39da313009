package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/dataset"
)

// labelFlag is --label: a class of a conditional model, by its name.
type labelFlag struct {
	name  string
	flags *pflag.FlagSet
}

func (l *labelFlag) add(c *cobra.Command, usage string, values ...string) {
	l.flags = c.Flags()
	c.Flags().StringVar(&l.name, "label", "", usage)
	explainEmpty(c.Flags(), "label")
	complete(c, "label", values)
}

func (l *labelFlag) given() bool { return l.flags.Changed("label") }

// class is the index of the class that the flag names, of a conditional model.
func (l *labelFlag) class(m *loaded) (int, error) {
	classes := m.Classes()
	if l.name == "" {
		return 0, usagef("--label is empty: name a class (%s), or leave it out", console.Listed(classes))
	}
	switch i := findClass(classes, l.name); {
	case i >= 0 && slices.Contains(m.saved.Info.Unseen, classes[i]):
		return 0, usagef("--label %q: %s saw no image of that class in training; those that it knows are %s", console.Brief(l.name), m.file, console.Listed(m.known()))
	case i >= 0:
		return i, nil
	}
	hint := ""
	if near := config.Nearest(l.name, m.known()); near != "" {
		hint = fmt.Sprintf(" (did you mean %q?)", near)
	}
	return 0, usagef("--label %q: %s has no such class%s; its classes are %s", console.Brief(l.name), m.file, hint, console.Listed(m.known()))
}

// checkConditional refuses --label where the model takes no labels.
func (l *labelFlag) checkConditional(m *loaded) error {
	if l.given() && len(m.Classes()) == 0 {
		return usagef("--label: %s is not a conditional model and knows no classes: leave it out", m.file)
	}
	return nil
}

// known are the classes of a conditional model of which it has seen an image.
func (m *loaded) known() []string {
	return slices.DeleteFunc(slices.Clone(m.Classes()), func(class string) bool { return slices.Contains(m.saved.Info.Unseen, class) })
}

// findClass returns the index of the class that text names, or -1. A = before a
// name is left out of it: that makes a class of a name that a command has another
// use for.
func findClass(classes []string, text string) int {
	if name, ok := strings.CutPrefix(text, "="); ok {
		if i := slices.Index(classes, name); i >= 0 {
			return i
		}
	}
	return slices.Index(classes, text)
}

// labels finds the class of each image for a conditional model.
type labels struct {
	index  map[string]int // of a class by its name; nil unless the model is conditional
	unseen []string       // classes without a training image
	named  int            // the class that --label names, or -1
	all    bool           // that is the class of all images; else of those without a label
}

func newLabels(m *loaded, flag *labelFlag, all bool) (labels, error) {
	l := labels{named: -1, all: all}
	if err := flag.checkConditional(m); err != nil || len(m.Classes()) == 0 {
		return l, err
	}
	l.index, l.unseen = make(map[string]int, len(m.Classes())), m.saved.Info.Unseen
	for i, name := range m.Classes() {
		l.index[name] = i
	}
	if !flag.given() {
		return l, nil
	}
	var err error
	l.named, err = flag.class(m)
	return l, err
}

// check refuses inputs of which none can have a label.
func (l *labels) check(m *loaded, labelled bool) error {
	if l.index == nil || labelled || l.named >= 0 {
		return nil
	}
	return usagef("%s is a conditional model, and the inputs have no labels: name their class with --label (%s), or give a folder with a folder for each class",
		m.file, console.Listed(m.Classes()))
}

// labelError is about an image whose label a conditional model does not know.
type labelError struct{ error }

func (labelError) more() string { return "with such a label" }

// of is the class of an image, or what is wrong with it.
func (l *labels) of(item dataset.Item) (int, error) {
	if l.named >= 0 && (l.all || item.Label == "") {
		return l.named, nil
	}
	if i, ok := l.inFolder(item.Path); ok && item.Label == "" {
		return i, nil
	}
	switch {
	case item.Label == "" && item.Path != "":
		return 0, labelErrorf("%s: has no label, which a conditional model needs: it lies in the folder %s; move it to one of its class, or name the class with --label", item.Name, filepath.Dir(item.Path))
	case item.Label == "":
		return 0, labelErrorf("%s: has no label, which a conditional model needs: name the class with --label", item.Name)
	case slices.Contains(l.unseen, item.Label):
		return 0, labelErrorf("%s: has the label %q, of which the model saw no image in training: leave it out, or name a class with --label", item.Name, console.Brief(item.Label))
	}
	if i, ok := l.index[item.Label]; ok {
		return i, nil
	}
	return 0, labelErrorf("%s: has the label %q, which is no class of the model: leave it out, or name a class with --label", item.Name, console.Brief(item.Label))
}

// inFolder is the class that the folder of an image file is called like; of a folder it is that of the images in it.
func (l *labels) inFolder(file string) (class int, ok bool) {
	if file == "" {
		return 0, false
	}
	name := baseOf(filepath.Dir(file))
	class, ok = l.index[name]
	return class, ok && !slices.Contains(l.unseen, name)
}

// inFolders tells whether any of the inputs may lie in a folder that is called like a class.
func (l *labels) inFolders(args []string) bool {
	return slices.ContainsFunc(args, func(arg string) bool {
		info, err := os.Stat(arg)
		if err != nil {
			return false
		}
		if info.IsDir() {
			arg = filepath.Join(arg, "image")
		}
		_, ok := l.inFolder(arg)
		return ok
	})
}

func labelErrorf(format string, args ...any) error { return labelError{fmt.Errorf(format, args...)} }

// ofAll are the classes of images that have one; nil unless the model is conditional.
func (l *labels) ofAll(items []dataset.Item) []int {
	if l.index == nil {
		return nil
	}
	classes := make([]int, len(items))
	for i, item := range items {
		classes[i], _ = l.of(item)
	}
	return classes
}
