package folder

import "context"

// Each calls f for the name and the label of all images of the tree, in their order, wherever Next has come to. The tree takes
// no account of it.
func (t *Tree) Each(ctx context.Context, f func(name, label string)) error {
	first, err := t.walker.list("", "")
	if err != nil {
		return err
	}
	w := newWalker(t.walker.lister, first)
	for ctx.Err() == nil {
		rel, err, ok := w.next()
		if !ok {
			return nil
		}
		of := rel
		if err != nil { // of a folder, which Next gives too
			of += "/"
		}
		if _, label, ok := t.meaning.of(of); ok || err != nil {
			f(rel, label)
		}
	}
	return ctx.Err()
}
