"""Reports that nobody has to make: ``itam report``. Pages, workbooks and PDF from one published version."""
