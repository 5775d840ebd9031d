"""Do patients with the event get higher risks than those without?"""
