if [ -f shop ]; then
  ./shop
fi
