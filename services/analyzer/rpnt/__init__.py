"""The criteria of ANCT's référentiel de présence numérique des territoires (RPNT), version 0.2.1."""
