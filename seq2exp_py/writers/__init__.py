"""Files that genome browsers and spreadsheets read, and the colours in them."""
