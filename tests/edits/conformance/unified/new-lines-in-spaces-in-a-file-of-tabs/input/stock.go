package stock

import "errors"

type Shelf struct {
	items map[string]int
}

func (s *Shelf) Take(name string, count int) error {
	if s.items[name] < count {
		return errors.New("not enough")
	}
	s.items[name] -= count
	return nil
}

func (s *Shelf) Put(name string, count int) {
	s.items[name] += count
}
