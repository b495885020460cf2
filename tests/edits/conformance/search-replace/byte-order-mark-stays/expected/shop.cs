using System;
using System.IO;
class Shop { }
