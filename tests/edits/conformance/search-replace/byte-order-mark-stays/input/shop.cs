using System;
class Shop { }
