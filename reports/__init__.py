"""What people read: pages made from plain values, the same bytes for the same data."""
